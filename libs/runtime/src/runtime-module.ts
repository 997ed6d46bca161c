import { type DynamicModule, Module } from '@nestjs/common';
import { CommandHandler, Journal } from '@stowage/journal';
import type { Runtime } from './runtime';

/** Injection tokens for what has no class of its own; `Journal` and `CommandHandler` are injected by their classes. */
export const RUNTIME = Symbol('Runtime');
export const FOLD = Symbol('Fold');
export const SCOPE = Symbol('Scope');
export const LOGGER = Symbol('Logger');

/** Makes a runtime's parts injectable in every module of an app. */
@Module({})
export class RuntimeModule {
  static of(runtime: Runtime): DynamicModule {
    const providers = [
      { provide: RUNTIME, useValue: runtime },
      { provide: FOLD, useValue: runtime.fold },
      { provide: SCOPE, useValue: runtime.scope },
      { provide: LOGGER, useValue: runtime.logger },
      { provide: Journal, useValue: runtime.journal },
      { provide: CommandHandler, useValue: runtime.commands },
    ];
    return { module: RuntimeModule, global: true, providers, exports: providers.map(({ provide }) => provide) };
  }
}
