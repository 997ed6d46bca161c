import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AccessKeys } from './shell/access-keys';
import { Authentication } from './shell/authentication';
import { BootstrapKey } from './shell/bootstrap-key';
import { DeduplicationLookup } from './shell/deduplication-lookup';
import { Dispatcher } from './shell/dispatcher';
import { EventReads } from './shell/events/event-reads';
import { GATEWAY_PARTS } from './shell/gateway-parts';
import { AwsController } from './shell/http/aws.controller';
import { AwsErrorFilter } from './shell/http/aws-error.filter';
import { EventsController } from './shell/http/events.controller';
import { HealthController } from './shell/http/health.controller';
import { JoinController } from './shell/http/join.controller';
import { JournalAbsence } from './shell/journal-absence';
import { OwnOperations } from './shell/own-operations';
import { PastReads } from './shell/past-reads';

/** The module of the gateway. */
@Module({
  controllers: [AwsController, HealthController, JoinController, EventsController],
  providers: [
    ...GATEWAY_PARTS,
    AccessKeys,
    BootstrapKey,
    Authentication,
    JournalAbsence,
    DeduplicationLookup,
    OwnOperations,
    PastReads,
    Dispatcher,
    EventReads,
    { provide: APP_FILTER, useClass: AwsErrorFilter },
  ],
})
export class ApiGatewayModule {}
