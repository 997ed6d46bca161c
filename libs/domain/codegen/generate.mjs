// The part of `npm run codegen` for the domain: the shapes of the APIs. The results are committed, and a test compares
// them. With a directory as argument it writes only there.
import { generateShapes } from './generate-shapes.mjs';
import { readModel } from './model.mjs';

generateShapes(readModel('ecs-2014-11-13.json'), 'ecs');
generateShapes(readModel('elbv2-2015-12-01.json'), 'elbv2');
