import { readConfig, runApp } from '@stowage/runtime';
import { startServiceController } from './app';
import { ServiceControllerConfig } from './config';

void runApp('service-controller', (runtime) => startServiceController(runtime, readConfig(ServiceControllerConfig)));
