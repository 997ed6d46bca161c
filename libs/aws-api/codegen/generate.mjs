// `npm run codegen`: everything that is made from the API models. The results are committed; a test compares them.
// With a directory as argument the results go there, and nothing else is touched.
import { generateShapes } from './generate-shapes.mjs';
import { generateInputs, generateOperations } from './generate-inputs.mjs';
import { generateOutputs } from './generate-outputs.mjs';
import { readModel } from './model.mjs';
import { CLIENT_EXCEPTION_OPERATIONS, ECS_OWNERS, STOWAGE_OWNERS, STS_OWNERS } from './operations.mjs';

const ecs = { model: readModel('ecs-2014-11-13.json'), service: 'ecs', owners: ECS_OWNERS, implementing: 'Ecs' };
generateShapes(ecs.model);
generateInputs(ecs);
generateOperations({ ...ecs, clientExceptions: CLIENT_EXCEPTION_OPERATIONS });

const sts = { model: readModel('sts-2011-06-15.json'), service: 'sts', owners: STS_OWNERS };
generateInputs(sts);
generateOperations(sts);
generateOutputs(sts);

const stowage = { model: readModel('stowage-2026-11-22.json'), service: 'stowage', owners: STOWAGE_OWNERS };
generateInputs(stowage);
generateOperations(stowage);

// Not there yet: its operations are known by name, so that callers hear that and not that they do not exist.
generateOperations({ model: readModel('elbv2-2015-12-01.json'), service: 'elbv2', owners: {} });
