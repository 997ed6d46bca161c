import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AwsController } from './shell/http/aws.controller';
import { AwsErrorFilter } from './shell/http/aws-error.filter';
import { HealthController } from './shell/http/health.controller';
import { Dispatcher } from './shell/dispatcher';

/** The gateway's parts. */
@Module({})
export class ApiGatewayModule {
  static of(dispatcher: Dispatcher): DynamicModule {
    return {
      module: ApiGatewayModule,
      controllers: [AwsController, HealthController],
      providers: [
        { provide: Dispatcher, useValue: dispatcher },
        { provide: APP_FILTER, useClass: AwsErrorFilter },
      ],
    };
  }
}
