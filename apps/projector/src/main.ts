import { readConfig, runApp } from '@stowage/runtime';
import { startProjector } from './app';
import { ProjectorConfig } from './config';

void runApp('projector', (runtime) => startProjector(runtime, readConfig(ProjectorConfig)));
