import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ruleView } from '@stowage/aws-api';
import {
  decideCreateRule,
  decideDeleteRule,
  decideModifyRule,
  decideSetRulePriorities,
  type Elbv2,
  invalidParameter,
  invariant,
  parseListenerArn,
  parseRuleArn,
  type RuleRef,
  type StateStore,
} from '@stowage/domain';
import { everyLoadBalancer } from '@stowage/journal';
import { type OperationReply, type OperationRequest, operationSubject } from '@stowage/runtime';
import { NO_OUTPUT, Operations } from './operations';
import { subjectsOfActions } from './subjects-of-actions';

const on = (operation: string): string => operationSubject('load-balancer-registrar', operation);

/** Operations of rules that write. */
@Controller()
export class RulesController {
  constructor(private readonly operations: Operations) {}

  @MessagePattern(on('CreateRule'))
  create(@Payload() request: OperationRequest<Elbv2.CreateRuleInput>): Promise<OperationReply<Elbv2.CreateRuleOutput>> {
    const { input } = request;
    const { scope } = this.operations;
    return this.operations.answer(request, () => {
      const listener = parseListenerArn(scope, input.ListenerArn);
      const rule = this.operations.newId();
      return (state) => ({
        events: decideCreateRule(state, { listener, input, rule, scope }),
        // A group belongs to one load balancer: another one may have started to use it in the meantime.
        reads: [everyLoadBalancer, ...subjectsOfActions(scope, input.Actions)],
        output: (after) => ({ Rules: [this.view(after, { ...listener, rule })] }),
      });
    });
  }

  @MessagePattern(on('ModifyRule'))
  modify(@Payload() request: OperationRequest<Elbv2.ModifyRuleInput>): Promise<OperationReply<Elbv2.ModifyRuleOutput>> {
    const { input } = request;
    const { scope } = this.operations;
    return this.operations.answer(request, () => {
      const ref = parseRuleArn(scope, input.RuleArn);
      return (state) => ({
        events: decideModifyRule(state, ref, { input, scope }),
        reads: [everyLoadBalancer, ...subjectsOfActions(scope, input.Actions)],
        output: (after) => ({ Rules: [this.view(after, ref)] }),
      });
    });
  }

  @MessagePattern(on('DeleteRule'))
  delete(@Payload() request: OperationRequest<Elbv2.DeleteRuleInput>): Promise<OperationReply<Elbv2.DeleteRuleOutput>> {
    return this.operations.answer(request, () => {
      const ref = parseRuleArn(this.operations.scope, request.input.RuleArn);
      return (state) => ({ events: decideDeleteRule(state, ref), output: NO_OUTPUT });
    });
  }

  @MessagePattern(on('SetRulePriorities'))
  setPriorities(
    @Payload() request: OperationRequest<Elbv2.SetRulePrioritiesInput>,
  ): Promise<OperationReply<Elbv2.SetRulePrioritiesOutput>> {
    return this.operations.answer(request, () => {
      const given = request.input.RulePriorities.map(({ RuleArn: arn = '', Priority: priority }) => {
        if (priority === undefined) throw invalidParameter('A rule priority must be specified');
        return { ref: parseRuleArn(this.operations.scope, arn), priority };
      });
      return (state) => ({
        events: decideSetRulePriorities(state, given),
        output: (after) => ({ Rules: given.map(({ ref }) => this.view(after, ref)) }),
      });
    });
  }

  private view(after: StateStore, ref: RuleRef): Elbv2.Rule {
    const loadBalancer = after.get('load-balancer', ref.loadBalancer.name);
    const listener = loadBalancer?.listeners.find(({ id }) => id === ref.listener);
    const rule = listener?.rules.find(({ id }) => id === ref.rule);
    invariant(loadBalancer && listener && rule, 'The rule of an accepted command is known.');
    return ruleView({ loadBalancer, listener, rule }, this.operations.scope);
  }
}
