import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { describedTaskDefinition, parseTaskDefinitionRevision, taskDefinitionView } from '@stowage/aws-api';
import { KeyedMutex } from '@stowage/concurrency';
import {
  clientError,
  decideDeleteTaskDefinitions,
  decideDeregisterTaskDefinition,
  decideRegisterTaskDefinition,
  type Ecs,
  invalidParameter,
  invariant,
  Refusal,
  revisionKey,
  stateAfter,
  type StateStore,
  type TaskDefinition,
  type TaskDefinitionRef,
} from '@stowage/domain';
import { type Executed, JournalConflict } from '@stowage/journal';
import { replyFrom, type OperationReply, type OperationRequest, operationSubject } from '@stowage/runtime';
import { Operations } from './operations';

/** Number of revisions in one DeleteTaskDefinitions (ecs-api 4.3). */
export const DELETIONS_PER_REQUEST_MAX = 10;

/** Operations on task definitions that write. */
@Controller()
export class TaskDefinitionsController {
  private readonly families = new KeyedMutex<string>();

  constructor(private readonly operations: Operations) {}

  @MessagePattern(operationSubject('cluster-manager', 'RegisterTaskDefinition'))
  registerTaskDefinition(
    @Payload() request: OperationRequest<Ecs.RegisterTaskDefinitionRequest>,
  ): Promise<OperationReply<Ecs.RegisterTaskDefinitionResponse>> {
    return replyFrom(async () => {
      // Revisions of one family are created one after another. The mutex avoids conflicts within a process.
      const { result, sequence } = await this.families.run(request.input.family, () => this.register(request));
      return { output: result, sequence };
    });
  }

  @MessagePattern(operationSubject('cluster-manager', 'DeregisterTaskDefinition'))
  deregisterTaskDefinition(
    @Payload() request: OperationRequest<Ecs.DeregisterTaskDefinitionRequest>,
  ): Promise<OperationReply<Ecs.DeregisterTaskDefinitionResponse>> {
    return this.operations.carryOut(request, () => {
      const ref = parseTaskDefinitionRevision(this.operations.scope, request.input.taskDefinition);
      return (state, at) => {
        const events = decideDeregisterTaskDefinition(state, ref);
        const definition = revisionOf(stateAfter(state, events, at), ref);
        return { events, result: { taskDefinition: taskDefinitionView(definition, this.operations.scope) } };
      };
    });
  }

  @MessagePattern(operationSubject('cluster-manager', 'DeleteTaskDefinitions'))
  deleteTaskDefinitions(
    @Payload() request: OperationRequest<Ecs.DeleteTaskDefinitionsRequest>,
  ): Promise<OperationReply<Ecs.DeleteTaskDefinitionsResponse>> {
    const identifiers = request.input.taskDefinitions;
    return this.operations.carryOut(request, () => {
      checkDeletionCount(identifiers.length);
      const refs = identifiers.map((identifier) => this.refOf(identifier));
      return (state, at) => {
        const { events, outcomes } = decideDeleteTaskDefinitions(state, refs);
        const after = stateAfter(state, events, at);
        const taskDefinitions: Ecs.TaskDefinition[] = [];
        const failures: Ecs.Failure[] = [];
        for (const [nth, outcome] of outcomes.entries()) {
          if (!outcome.deleting) failures.push({ arn: identifiers[nth] ?? '', reason: outcome.reason });
          else taskDefinitions.push(taskDefinitionView(revisionOf(after, outcome.ref), this.operations.scope));
        }
        return { events, result: { taskDefinitions, failures } };
      };
    });
  }

  private async register(
    request: OperationRequest<Ecs.RegisterTaskDefinitionRequest>,
  ): Promise<Executed<Ecs.RegisterTaskDefinitionResponse>> {
    const { input, caller } = request;
    try {
      const executed = await this.operations.execute(request, (state, at) => {
        const events = decideRegisterTaskDefinition(state, { input, registeredBy: caller.principal });
        const definition = revisionOf(stateAfter(state, events, at), events[0]);
        return { events, result: describedTaskDefinition(definition, this.operations.scope, true) };
      });
      await this.folded(executed.sequence);
      return executed;
    } catch (error) {
      if (!(error instanceof JournalConflict)) throw error;
      throw clientError('Too many concurrent attempts to create a new revision of the specified family.');
    }
  }

  /**
   * Waits for the fold, so that the next registration starts from this one. If the fold lags, it only causes a
   * conflict.
   */
  private async folded(sequence: number): Promise<void> {
    try {
      await this.operations.folded(sequence);
    } catch (error) {
      this.operations.runtime.logger.warn({ error, sequence }, 'A task definition was not folded in time.');
    }
  }

  /**
   * Returns undefined for an identifier that is malformed or of another region or account: it is a failure in the
   * answer, not a refusal.
   */
  private refOf(identifier: string): TaskDefinitionRef | undefined {
    try {
      return parseTaskDefinitionRevision(this.operations.scope, identifier);
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }
}

function checkDeletionCount(count: number): void {
  if (count === 0) throw invalidParameter('size of TaskDefinition references list must be greater than 0');
  if (count > DELETIONS_PER_REQUEST_MAX) {
    throw invalidParameter(`Size of TaskDefinition references list cannot exceed ${DELETIONS_PER_REQUEST_MAX}`);
  }
}

function revisionOf(after: StateStore, ref: TaskDefinitionRef): TaskDefinition {
  const definition = after.get('task-definition', revisionKey(ref));
  invariant(definition, 'The revision of an accepted command is known.');
  return definition;
}
