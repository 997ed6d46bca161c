import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { JoinService } from '@stowage/runtime';
import { AwsController } from './shell/http/aws.controller';
import { AwsErrorFilter } from './shell/http/aws-error.filter';
import { HealthController } from './shell/http/health.controller';
import { JoinController } from './shell/http/join.controller';
import { EventsController } from './shell/http/events.controller';
import { Dispatcher } from './shell/dispatcher';
import { EventReads } from './shell/events/event-reads';

/** The gateway's parts. */
@Module({})
export class ApiGatewayModule {
  static of(dispatcher: Dispatcher, events: EventReads, desk: JoinService | undefined): DynamicModule {
    return {
      module: ApiGatewayModule,
      controllers: [AwsController, HealthController, JoinController, EventsController],
      providers: [
        { provide: Dispatcher, useValue: dispatcher },
        { provide: EventReads, useValue: events },
        ...(desk ? [{ provide: JoinService, useValue: desk }] : []),
        { provide: APP_FILTER, useClass: AwsErrorFilter },
      ],
    };
  }
}
