/**
 * Stowage's external interface: the AWS protocols (JSON 1.1 and Query), input classes generated from the API models,
 * SigV4, the table from rejections to AWS errors, the parsing of identifiers and ARNs, and views, which convert domain
 * records to the API's shapes.
 *
 * It makes no decisions. libs/domain contains the rules; libs/journal and libs/read-model store the data.
 */
export * from './ecs-arn';
export * from './identifiers';
export * from './resource-identifier';
export * from './service-identifier';
export * from './task-definition-identifier';
export * from './views';
export { seconds } from './views/seconds';
export * from './errors';
export * from './model/operation';
export * from './validation/check-input';
export { checkServiceIsProvided } from './protocol/absent';
export * from './protocol/call';
export * from './protocol/error-format';
export * from './protocol/http-answer';
export * from './services';
export * from './sigv4/signature-claim';
export * from './sigv4/signed-request';
export * from './sigv4/verify-signature';
export * as EcsInputs from './generated/ecs-inputs';
export * as Elbv2Inputs from './generated/elbv2-inputs';
export * as StowageInputs from './generated/stowage-inputs';
export * as StsInputs from './generated/sts-inputs';
