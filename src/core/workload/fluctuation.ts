/**
 * A rate that moves around its mean. Arrivals are made on a clock that runs at the mean rate and are
 * laid out on the real one: where the relative rate m(t) is 2, the clock of the load goes twice as
 * fast (time change of a point process; Brown et al. 2002). m has mean 1 over a period, so over whole
 * periods the load is what the controller asked for.
 */
import { unreachable } from '../base/result.ts';
import type { FluctuationSpec } from './spec.ts';

/** Real time against the time of the load, both ms. */
export interface LoadClock {
  /** The real time at which `loadMs` of the load's time have passed since `fromMs`. */
  after(fromMs: number, loadMs: number): number;
  /** The load's time between two real times. */
  between(fromMs: number, toMs: number): number;
}

/** Both clocks are one. */
const STEADY: LoadClock = {
  after: (fromMs, loadMs) => fromMs + loadMs,
  between: (fromMs, toMs) => toMs - fromMs,
};

/** The first period begins at `originMs`. */
export function createLoadClock(
  fluctuation: FluctuationSpec | undefined,
  originMs: number,
): LoadClock {
  if (fluctuation === undefined) return STEADY;
  const periodMs = fluctuationPeriodMs(fluctuation);
  const wave = waveOf(fluctuation, periodMs);
  const passed = (atMs: number): number => {
    const periods = Math.floor((atMs - originMs) / periodMs);
    return periods * periodMs + wave.passed(atMs - originMs - periods * periodMs);
  };
  return {
    between: (fromMs, toMs) => passed(toMs) - passed(fromMs),
    after(fromMs, loadMs) {
      const wanted = passed(fromMs) + loadMs;
      const periods = Math.floor(wanted / periodMs);
      const atMs = originMs + periods * periodMs + wave.at(wanted - periods * periodMs);
      // Where the rate is zero many real times have the same load time; and rounding goes both ways.
      return Math.max(fromMs, atMs);
    },
  };
}

export function fluctuationPeriodMs(fluctuation: FluctuationSpec): number {
  return fluctuation.kind === 'series'
    ? fluctuation.stepMs * fluctuation.rates.length
    : fluctuation.periodMs;
}

/** One period: the load's time passed by real time x, and its inverse; both go from 0 to the period. */
interface Wave {
  passed(x: number): number;
  at(y: number): number;
}

function waveOf(fluctuation: FluctuationSpec, periodMs: number): Wave {
  switch (fluctuation.kind) {
    case 'sine':
      return sineWave(periodMs, fluctuation.amplitude);
    case 'square': {
      const { amplitude, dutyRatio } = fluctuation;
      const high = 1 + amplitude;
      const low = Math.max(0, (1 - high * dutyRatio) / (1 - dutyRatio));
      return stepWave([
        { ms: dutyRatio * periodMs, rate: high },
        { ms: (1 - dutyRatio) * periodMs, rate: low },
      ]);
    }
    case 'series': {
      const { rates, stepMs } = fluctuation;
      const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
      return stepWave(rates.map((rate) => ({ ms: stepMs, rate: rate / mean })));
    }
    default:
      return unreachable(fluctuation);
  }
}

/** Halvings that leave less than a nanosecond of any period of hours. */
const HALVINGS = 50;

/** ∫ 1 + a sin(2πt/P) dt = x + a P/2π (1 - cos(2πx/P)); it rises everywhere, so halving finds any value. */
function sineWave(periodMs: number, amplitude: number): Wave {
  const turn = (2 * Math.PI) / periodMs;
  const passed = (x: number): number => x + (amplitude / turn) * (1 - Math.cos(turn * x));
  return {
    passed,
    at(y) {
      let [low, high] = [0, periodMs];
      for (let i = 0; i < HALVINGS; i++) {
        const middle = (low + high) / 2;
        if (passed(middle) < y) low = middle;
        else high = middle;
      }
      return high;
    },
  };
}

function stepWave(steps: readonly { readonly ms: number; readonly rate: number }[]): Wave {
  return {
    passed(x) {
      let left = x;
      let y = 0;
      for (const { ms, rate } of steps) {
        y += Math.min(left, ms) * rate;
        left -= Math.min(left, ms);
      }
      return y;
    },
    at(y) {
      let left = y;
      let x = 0;
      for (const { ms, rate } of steps) {
        if (left <= ms * rate) return rate === 0 ? x : x + left / rate;
        left -= ms * rate;
        x += ms;
      }
      return x;
    },
  };
}
