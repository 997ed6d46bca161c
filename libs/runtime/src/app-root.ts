import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { NestApplicationContextOptions } from '@nestjs/common/interfaces/nest-application-context-options.interface';
import type { Logger } from 'pino';
import { NestLogger } from './logging';
import { RUNTIME, type Runtime } from './runtime';

@Module({})
class AppRootModule {}

@Module({})
class SharedModule {}

/**
 * Returns the root module of an app: its own module, with the runtime (`RUNTIME`) and the app's configuration (by its
 * class) injectable in all modules. A configuration that extends another one is injectable by both classes.
 */
export function appRoot(runtime: Runtime, module: Type<unknown>, config: object): DynamicModule {
  const providers: Provider[] = [
    { provide: RUNTIME, useValue: runtime },
    ...classesOf(config).map((provide) => ({ provide, useValue: config })),
  ];
  const exports = [RUNTIME, ...classesOf(config)];
  const shared: DynamicModule = { module: SharedModule, global: true, providers, exports };
  return { module: AppRootModule, imports: [shared, module] };
}

/** The options with which every app of Stowage starts: errors reach the caller, and Nest logs through pino. */
export function nestOptions(logger: Logger): NestApplicationContextOptions {
  return Object.assign(new NestApplicationContextOptions(), { logger: new NestLogger(logger), abortOnError: false });
}

/** The class of a configuration and all classes that it extends. */
function classesOf(config: object): readonly Type<unknown>[] {
  const classes: Type<unknown>[] = [];
  for (
    let prototype: unknown = Object.getPrototypeOf(config);
    typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    classes.push(prototype.constructor as Type<unknown>);
  }
  return classes;
}
