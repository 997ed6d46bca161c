import { Module } from '@nestjs/common';
import { OperationsController } from './shell/operations.controller';
import { PlacementExplainer } from './shell/placement-explainer';
import { PlacementPeers } from './shell/placement-peers';
import { PlacementQueues } from './shell/placement-queues';
import { newSchedulerIdentity, SCHEDULER_IDENTITY } from './shell/scheduler-identity';
import { ServiceTaskStarter } from './shell/service-task-starter';
import { TaskStarter } from './shell/task-starter';

/** The scheduler's parts. All starters share the placement queues, so that each decision counts on those before it. */
@Module({
  controllers: [OperationsController],
  providers: [
    { provide: SCHEDULER_IDENTITY, useFactory: newSchedulerIdentity },
    PlacementPeers,
    PlacementQueues,
    TaskStarter,
    ServiceTaskStarter,
    PlacementExplainer,
  ],
})
export class SchedulerModule {}
