// The part of `npm run codegen` for libs/aws-api: inputs, operations and outputs. The results are committed, and a test
// compares them. With a directory as argument it writes only there.
import { generateInputs, generateOperations } from './generate-inputs.mjs';
import { generateOutputs } from './generate-outputs.mjs';
import { readModel } from '../../domain/codegen/model.mjs';
import { CLIENT_EXCEPTION_OPERATIONS, ECS_OWNERS, ELBV2_OWNERS, STOWAGE_OWNERS, STS_OWNERS } from './operations.mjs';

const ecs = { model: readModel('ecs-2014-11-13.json'), service: 'ecs', owners: ECS_OWNERS, implementing: 'Ecs' };
generateInputs(ecs);
generateOperations({ ...ecs, clientExceptions: CLIENT_EXCEPTION_OPERATIONS });

const sts = { model: readModel('sts-2011-06-15.json'), service: 'sts', owners: STS_OWNERS };
generateInputs(sts);
generateOperations(sts);
generateOutputs(sts);

const stowage = { model: readModel('stowage-2026-11-22.json'), service: 'stowage', owners: STOWAGE_OWNERS };
generateInputs(stowage);
generateOperations(stowage);

const elbv2 = {
  model: readModel('elbv2-2015-12-01.json'),
  service: 'elbv2',
  owners: ELBV2_OWNERS,
  implementing: 'Elbv2',
};
generateInputs(elbv2);
generateOperations(elbv2);
generateOutputs(elbv2);
