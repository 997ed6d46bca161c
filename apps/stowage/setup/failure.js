'use strict';

/** An error that the user can fix. Only its message is printed, without a stack. */
class SetUpFailure extends Error {
  name = 'SetUpFailure';
}

module.exports = { SetUpFailure };
