import { Module } from '@nestjs/common';
import { OwnedOperations } from '@stowage/runtime';
import { ServiceDeploymentsController } from './shell/operations/service-deployments.controller';
import { ServicesController } from './shell/operations/services.controller';
import { TaskProtectionController } from './shell/operations/task-protection.controller';
import { Reconciler } from './shell/reconciler';

/** Providers and controllers of the service controller. */
@Module({
  controllers: [ServicesController, ServiceDeploymentsController, TaskProtectionController],
  providers: [OwnedOperations, Reconciler],
})
export class ServiceControllerModule {}
