import { type DynamicModule, Module } from '@nestjs/common';
import { OwnedOperations, RUNTIME, type Runtime } from '@stowage/runtime';
import type { ServiceControllerConfig } from './config';
import { ServiceDeploymentsController } from './shell/operations/service-deployments.controller';
import { ServicesController } from './shell/operations/services.controller';
import { TaskProtectionController } from './shell/operations/task-protection.controller';
import { Reconciler } from './shell/reconciler';

/** The service controller's parts. */
@Module({})
export class ServiceControllerModule {
  static of(config: ServiceControllerConfig): DynamicModule {
    const operations = {
      provide: OwnedOperations,
      inject: [RUNTIME],
      useFactory: (runtime: Runtime) => new OwnedOperations(runtime),
    };
    const reconciler = {
      provide: Reconciler,
      inject: [RUNTIME],
      useFactory: (runtime: Runtime) => new Reconciler(runtime, config),
    };
    return {
      module: ServiceControllerModule,
      controllers: [ServicesController, ServiceDeploymentsController, TaskProtectionController],
      providers: [operations, reconciler],
    };
  }
}
