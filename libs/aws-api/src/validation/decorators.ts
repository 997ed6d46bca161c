import {
  ArrayMaxSize,
  IsDefined,
  IsIn,
  IsNotEmpty,
  IsOptional,
  Length as HasLength,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';

/**
 * The checks in generated input classes: those of class-validator with ECS's messages. `{path}` in a message becomes
 * the member's path from the input's root. The decoder has already checked the types.
 */

/** Skips the other checks if the member is absent. */
export const Optional = (): PropertyDecorator => IsOptional();

/** The member is required and must not be an empty string or list. */
export const Present = (text?: string): PropertyDecorator =>
  all(
    IsNotEmpty({ message: text ?? '{path} can not be blank.' }),
    ValidateBy({
      name: 'isNotEmptyList',
      validator: {
        validate: (value) => !Array.isArray(value) || value.length > 0,
        defaultMessage: () => text ?? '{path} can not be empty.',
      },
    }),
  );

/** The member is required and may be an empty string or list. */
export const Given = (): PropertyDecorator => IsDefined({ message: '{path} must be given.' });

/** The list has at most `max` entries. */
export const ItemsMax = (max: number, text?: string): PropertyDecorator =>
  ArrayMaxSize(max, { message: text ?? `{path} can have at most ${max} items.` });

/** The value is one of ECS's constants. */
export const OneOf = (values: readonly string[], text?: string, code?: string): PropertyDecorator =>
  IsIn([...values], {
    message: text ?? `{path} should be one of [${values.join(',')}]`,
    ...(code !== undefined && { context: { code } }),
  });

export const EachOneOf = (values: readonly string[]): PropertyDecorator =>
  IsIn([...values], { each: true, message: `{path} should be one of [${values.join(',')}]` });

export const Length = (min: number, max: number): PropertyDecorator =>
  HasLength(min, max, { message: `{path} must be ${min} to ${max} characters long.` });

export const EachLength = (min: number, max: number): PropertyDecorator =>
  HasLength(min, max, { each: true, message: `{path} must be ${min} to ${max} characters long.` });

export const Pattern = (pattern: RegExp): PropertyDecorator =>
  Matches(pattern, { message: `{path} contains invalid characters.` });

export const EachPattern = (pattern: RegExp): PropertyDecorator =>
  Matches(pattern, { each: true, message: `{path} contains invalid characters.` });

export const Range = (min: number, max: number): PropertyDecorator => {
  const message = `{path} must be between ${min} and ${max}.`;
  return all(Min(min, { message }), Max(max, { message }));
};

/** The value has at most `max` characters as JSON. */
export const JsonLength = (max: number): PropertyDecorator =>
  ValidateBy({
    name: 'jsonLength',
    validator: {
      validate: (value) => JSON.stringify(value).length <= max,
      defaultMessage: () => `{path} can have at most ${max} characters of JSON.`,
    },
  });

/** The member is a structure, or a list of structures, with its own checks. */
export const Nested = (): PropertyDecorator => ValidateNested();

function all(...decorators: readonly PropertyDecorator[]): PropertyDecorator {
  return (target, member) => {
    for (const decorate of decorators) decorate(target, member);
  };
}
