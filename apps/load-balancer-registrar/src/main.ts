import { readConfig, runApp } from '@stowage/runtime';
import { startLoadBalancerRegistrar } from './app';
import { RegistrarConfig } from './config';

void runApp('load-balancer-registrar', (runtime) => startLoadBalancerRegistrar(runtime, readConfig(RegistrarConfig)));
