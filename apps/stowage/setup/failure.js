'use strict';

/** Something that a person has to mend. Its message is one sentence and all that is shown: no stack. */
class SetUpFailure extends Error {
  name = 'SetUpFailure';
}

module.exports = { SetUpFailure };
