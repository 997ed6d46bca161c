import { Module } from '@nestjs/common';
import { AgentSideConfig } from './shell/agents/config';
import { AgentRequests } from './shell/agents/agent-requests';
import { AgentSide } from './shell/agents/agent-side';
import { Connections } from './shell/agents/connections';
import { AgentLedgers } from './shell/agents/agent-ledgers';
import { Drains } from './shell/agents/drains';
import { News } from './shell/agents/news';
import { AttributesController } from './shell/operations/attributes.controller';
import { ClustersController } from './shell/operations/clusters.controller';
import { ContainerInstancesController } from './shell/operations/container-instances.controller';
import { Operations } from './shell/operations/operations';
import { TagsController } from './shell/operations/tags.controller';
import { TaskDefinitionsController } from './shell/operations/task-definitions.controller';
import { TasksController } from './shell/operations/tasks.controller';
import { TaskDefinitionDeletions } from './shell/task-definition-deletions';

/** The part that communicates with agents. The clock of `Connections` has a default, which Nest cannot inject. */
const AGENT_SIDE = [
  AgentLedgers,
  {
    provide: Connections,
    inject: [AgentLedgers, AgentSideConfig],
    useFactory: (ledgers: AgentLedgers, config: AgentSideConfig) => new Connections(ledgers, config),
  },
  News,
  Drains,
  AgentRequests,
  AgentSide,
];

/** Module of the cluster manager. */
@Module({
  controllers: [
    AttributesController,
    ClustersController,
    ContainerInstancesController,
    TagsController,
    TaskDefinitionsController,
    TasksController,
  ],
  providers: [Operations, TaskDefinitionDeletions, ...AGENT_SIDE],
})
export class ClusterManagerModule {}
