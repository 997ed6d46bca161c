import { type DynamicModule, Module } from '@nestjs/common';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import type { RegistrarConfig } from './config';
import { addressPool } from './core/address-pool';
import { AddressPool } from './shell/address-pool';
import { CertificateFiles } from './shell/certificates';
import { ListenersController } from './shell/operations/listeners.controller';
import { LoadBalancersController } from './shell/operations/load-balancers.controller';
import { Operations } from './shell/operations/operations';
import { RulesController } from './shell/operations/rules.controller';
import { TagsController } from './shell/operations/tags.controller';
import { TargetGroupsController } from './shell/operations/target-groups.controller';

/** The registrar's parts that carry out operations; the data plane is beside them (`shell/data-plane`). */
@Module({})
export class LoadBalancerRegistrarModule {
  static of({ certificatesDir, loadBalancerAddresses }: RegistrarConfig): DynamicModule {
    return {
      module: LoadBalancerRegistrarModule,
      controllers: [
        ListenersController,
        LoadBalancersController,
        RulesController,
        TagsController,
        TargetGroupsController,
      ],
      providers: [
        { provide: AddressPool, useValue: new AddressPool(addressPool(loadBalancerAddresses)) },
        { provide: Operations, inject: [RUNTIME], useFactory: (runtime: Runtime) => new Operations(runtime) },
        {
          provide: CertificateFiles,
          inject: [RUNTIME],
          useFactory: (runtime: Runtime) => new CertificateFiles(certificatesDir, runtime.scope),
        },
      ],
    };
  }
}
