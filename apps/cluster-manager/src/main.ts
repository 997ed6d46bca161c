import { readConfig, runApp } from '@stowage/runtime';
import { startClusterManager } from './app';
import { ClusterManagerConfig } from './config';

void runApp('cluster-manager', (runtime) => startClusterManager(runtime, readConfig(ClusterManagerConfig)));
