import { Module } from '@nestjs/common';
import { AddressPool } from './shell/address-pool';
import { CertificateFiles } from './shell/certificates';
import { DataPlane } from './shell/data-plane';
import { ListenersController } from './shell/operations/listeners.controller';
import { LoadBalancersController } from './shell/operations/load-balancers.controller';
import { Operations } from './shell/operations/operations';
import { RulesController } from './shell/operations/rules.controller';
import { TagsController } from './shell/operations/tags.controller';
import { TargetGroupsController } from './shell/operations/target-groups.controller';
import { ServiceTargets } from './shell/service-targets';

/** Module of the load-balancer registrar. */
@Module({
  controllers: [ListenersController, LoadBalancersController, RulesController, TagsController, TargetGroupsController],
  providers: [AddressPool, Operations, CertificateFiles, ServiceTargets, DataPlane],
})
export class LoadBalancerRegistrarModule {}
