import { readConfig, runApp } from '@stowage/runtime';
import { startApiGateway } from './app';
import { GatewayConfig } from './config';

void runApp('api-gateway', (runtime) => startApiGateway(runtime, readConfig(GatewayConfig)));
