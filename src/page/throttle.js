/** At most one run at a time and one in each period, and always one after the last call. */

/**
 * @param {number} everyMs
 * @param {() => Promise<void>} run A failed run is tried again after the period.
 * @returns {() => void}
 */
export function createThrottle(everyMs, run) {
  let wanted = false;
  let busy = false;

  async function work() {
    busy = true;
    while (wanted) {
      wanted = false;
      try {
        await run();
      } catch {
        wanted = true;
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    busy = false;
  }

  return () => {
    wanted = true;
    if (!busy) void work();
  };
}
