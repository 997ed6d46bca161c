'use strict';

/**
 * One line per step, written when the step is done or fails; a step that takes long says at once what it does.
 * Everything goes to standard error, so that standard output stays for what a command answers.
 */
class Progress {
  #quiet;

  /** @param {{ quiet?: boolean }} [options] quiet: only steps that really did something. */
  constructor({ quiet = false } = {}) {
    this.#quiet = quiet;
  }

  /**
   * @template T
   * @param {string} name what the step is about, such as `dependencies`
   * @param {(doing: (what: string) => void) => Promise<{ value: T, found: string }>} work
   *   `doing` announces work that takes a while; `found` says what is there now.
   * @returns {Promise<T>}
   */
  async step(name, work) {
    const began = performance.now();
    let worked = false;
    const doing = (what) => {
      worked = true;
      this.#line(name, `${what} ...`);
    };
    try {
      const { value, found } = await work(doing);
      if (worked) this.#line(name, `${found} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
      else if (!this.#quiet) this.#line(name, found);
      return value;
    } catch (error) {
      this.#line(name, 'failed');
      throw error;
    }
  }

  #line(name, text) {
    process.stderr.write(`  ${name.padEnd(14)}${text}\n`);
  }
}

module.exports = { Progress };
