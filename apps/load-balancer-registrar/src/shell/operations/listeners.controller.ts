import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { attributesView, certificatesView, listenerView } from '@stowage/aws-api';
import {
  decideAddCertificates,
  decideCreateListener,
  decideDeleteListener,
  decideModifyListener,
  decideModifyListenerAttributes,
  decideRemoveCertificates,
  type DomainEvent,
  type Elbv2,
  type FoundListener,
  invariant,
  listenerAttributes,
  type ListenerRef,
  parseListenerArn,
  parseLoadBalancerArn,
  type ReadonlyClusterState,
  type StateStore,
} from '@stowage/domain';
import { everyLoadBalancer } from '@stowage/journal';
import { type OperationReply, type OperationRequest, operationSubject } from '@stowage/runtime';
import { CertificateFiles } from '../certificates';
import { NO_OUTPUT, Operations } from './operations';
import { subjectsOfActions } from './subjects-of-actions';

const on = (operation: string): string => operationSubject('load-balancer-registrar', operation);

/** Operations of listeners that write. */
@Controller()
export class ListenersController {
  constructor(
    private readonly operations: Operations,
    private readonly certificates: CertificateFiles,
  ) {}

  @MessagePattern(on('CreateListener'))
  create(
    @Payload() request: OperationRequest<Elbv2.CreateListenerInput>,
  ): Promise<OperationReply<Elbv2.CreateListenerOutput>> {
    const { input } = request;
    const { scope } = this.operations;
    return this.operations.answer(request, async () => {
      const loadBalancer = parseLoadBalancerArn(scope, input.LoadBalancerArn);
      const certificates = await this.certificates.list();
      const [listener, defaultRule] = [this.operations.newId(), this.operations.newId()];
      return (state) => ({
        events: decideCreateListener(state, { loadBalancer, input, listener, defaultRule, certificates }),
        reads: [everyLoadBalancer, ...subjectsOfActions(scope, input.DefaultActions)],
        output: (after) => ({ Listeners: [this.onPort(after, loadBalancer.name, input.Port)] }),
      });
    });
  }

  @MessagePattern(on('ModifyListener'))
  modify(
    @Payload() request: OperationRequest<Elbv2.ModifyListenerInput>,
  ): Promise<OperationReply<Elbv2.ModifyListenerOutput>> {
    const { input } = request;
    const { scope } = this.operations;
    return this.operations.answer(request, async () => {
      const ref = parseListenerArn(scope, input.ListenerArn);
      const certificates = await this.certificates.list();
      return (state) => ({
        events: decideModifyListener(state, ref, { input, certificates }),
        reads: [everyLoadBalancer, ...subjectsOfActions(scope, input.DefaultActions)],
        output: (after) => ({ Listeners: [this.view(known(after, ref))] }),
      });
    });
  }

  @MessagePattern(on('DeleteListener'))
  delete(
    @Payload() request: OperationRequest<Elbv2.DeleteListenerInput>,
  ): Promise<OperationReply<Elbv2.DeleteListenerOutput>> {
    return this.operations.answer(request, () => {
      const ref = parseListenerArn(this.operations.scope, request.input.ListenerArn);
      return (state) => ({ events: decideDeleteListener(state, ref), output: NO_OUTPUT });
    });
  }

  @MessagePattern(on('ModifyListenerAttributes'))
  modifyAttributes(
    @Payload() request: OperationRequest<Elbv2.ModifyListenerAttributesInput>,
  ): Promise<OperationReply<Elbv2.ModifyListenerAttributesOutput>> {
    const decide = (state: ReadonlyClusterState, ref: ListenerRef): readonly DomainEvent[] =>
      decideModifyListenerAttributes(state, ref, request.input.Attributes);
    return this.change(request, decide, ({ listener }) => ({
      Attributes: attributesView(listenerAttributes(listener)),
    }));
  }

  @MessagePattern(on('AddListenerCertificates'))
  async addCertificates(
    @Payload() request: OperationRequest<Elbv2.AddListenerCertificatesInput>,
  ): Promise<OperationReply<Elbv2.AddListenerCertificatesOutput>> {
    const certificates = await this.certificates.list();
    const given = request.input.Certificates;
    const decide = (state: ReadonlyClusterState, ref: ListenerRef): readonly DomainEvent[] =>
      decideAddCertificates(state, ref, { given, certificates });
    return this.change(request, decide, ({ listener }) => {
      const added = new Set(given.map(({ CertificateArn }) => CertificateArn));
      const shown = certificatesView(listener).filter(({ CertificateArn }) => added.has(CertificateArn));
      return { Certificates: shown };
    });
  }

  @MessagePattern(on('RemoveListenerCertificates'))
  removeCertificates(
    @Payload() request: OperationRequest<Elbv2.RemoveListenerCertificatesInput>,
  ): Promise<OperationReply<Elbv2.RemoveListenerCertificatesOutput>> {
    const decide = (state: ReadonlyClusterState, ref: ListenerRef): readonly DomainEvent[] =>
      decideRemoveCertificates(state, ref, request.input.Certificates);
    return this.change(request, decide, NO_OUTPUT);
  }

  private change<Output>(
    request: OperationRequest<{ readonly ListenerArn: string }>,
    decide: (state: ReadonlyClusterState, ref: ListenerRef) => readonly DomainEvent[],
    view: (changed: FoundListener) => Output,
  ): Promise<OperationReply<Output>> {
    return this.operations.answer(request, () => {
      const ref = parseListenerArn(this.operations.scope, request.input.ListenerArn);
      return (state) => ({ events: decide(state, ref), output: (after) => view(known(after, ref)) });
    });
  }

  private onPort(after: StateStore, name: string, port: number | undefined): Elbv2.Listener {
    const loadBalancer = after.get('load-balancer', name);
    const listener = loadBalancer?.listeners.find((each) => each.port === port);
    invariant(loadBalancer && listener, 'The listener of an accepted command is known.');
    return this.view({ loadBalancer, listener });
  }

  private view({ loadBalancer, listener }: FoundListener): Elbv2.Listener {
    return listenerView(listener, loadBalancer, this.operations.scope);
  }
}

function known(after: StateStore, { loadBalancer: { name }, listener: id }: ListenerRef): FoundListener {
  const loadBalancer = after.get('load-balancer', name);
  const listener = loadBalancer?.listeners.find((each) => each.id === id);
  invariant(loadBalancer && listener, 'The listener of an accepted command is known.');
  return { loadBalancer, listener };
}
