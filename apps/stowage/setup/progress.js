'use strict';

/**
 * Prints one line per step when the step is done or fails, and one more when a slow step begins. It prints to standard
 * error, because standard output carries the results of commands.
 */
class Progress {
  #quiet;

  /** @param {{ quiet?: boolean }} [options] quiet: prints only steps that changed something */
  constructor({ quiet = false } = {}) {
    this.#quiet = quiet;
  }

  /**
   * @template T
   * @param {string} name subject of the step, such as `dependencies`
   * @param {(doing: (what: string) => void) => Promise<{ value: T, found: string }>} work
   * `doing` announces slow work; `found` describes the result
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
