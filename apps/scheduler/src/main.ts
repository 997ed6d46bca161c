import { readConfig, runApp } from '@stowage/runtime';
import { startScheduler } from './app';
import { SchedulerConfig } from './config';

void runApp('scheduler', (runtime) => startScheduler(runtime, readConfig(SchedulerConfig)));
