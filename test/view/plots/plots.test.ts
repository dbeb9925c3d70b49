/** The five plots in every state: well-formed, told in words, safe to put into a page, and true. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Drawing,
  drawPlot,
  PLOT_NAMES,
  type PlotName,
  type PlotSource,
} from '../../../src/view/plots/plots.ts';
import { HOSTILE } from '../report/hostile-source.fixture.ts';
import { nodesOf, readXml, type XmlNode } from '../xml-tree.ts';
import { PLOT_STATES } from './plot-states.fixture.ts';

const CASES = Object.entries(PLOT_STATES);

describe.each(CASES)('%s', (_, make) => {
  let source: PlotSource;
  beforeAll(() => {
    source = make();
  });

  test.each(PLOT_NAMES)('%s', (name) => {
    const drawing = drawPlot(name, source);
    const pictures = [drawing.svg, drawing.narrowSvg].map((svg) => nodesOf(readXml(svg)));
    const ids = pictures.flat().flatMap((node) => node.attributes['id'] ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    for (const nodes of pictures) expectSafePicture(nodes);
    expect(drawing.summary).not.toMatch(/NaN|undefined|Infinity/);
    expect(drawing.table.rows.every((row) => row.length === drawing.table.columns.length)).toBe(
      true,
    );
    expect(drawPlot(name, source)).toEqual(drawing);
    expect(drawing.svg.length).toBeLessThan(40_000);
    expect(drawing.narrowSvg).toMatch(/ viewBox="0 0 340 \d+"/);
  });
});

function expectSafePicture(nodes: readonly XmlNode[]): void {
  const [svg] = nodes;
  expect(svg?.attributes).toMatchObject({ role: 'img', 'aria-labelledby': expect.any(String) });
  for (const id of svg?.attributes['aria-labelledby']?.split(' ') ?? []) {
    const named = nodes.filter((node) => node.attributes['id'] === id);
    expect(named).toHaveLength(1);
    expect(named[0]?.text).not.toBe('');
  }
  expect(nodes.map((node) => node.name)).not.toContain('style');
  expect(nodes.map((node) => node.name)).not.toContain('script');
  for (const { attributes } of nodes) {
    expect(Object.keys(attributes).filter((key) => /^(style|on)/.test(key))).toEqual([]);
    expect(Object.values(attributes).join(' ')).not.toMatch(/NaN|undefined|Infinity/);
  }
}

describe('latency against load', () => {
  const draw = (state: string): Drawing => draws('latency', state);

  test('every probe has a mark; passes stand under the line of the SLO and fails over it', () => {
    const svg = readXml(draw('closed loop').svg);
    const slo = Number(groups(svg, 'slo').flatMap((group) => group.children)[0]?.attributes['y1']);
    expect(slo).toBeGreaterThan(0);
    const [passes, fails] = [marksOf(svg, 'pass'), marksOf(svg, 'fail')];
    expect(passes.length).toBeGreaterThan(2);
    expect(fails.length).toBeGreaterThan(2);
    expect(passes.filter((y) => y < slo)).toEqual([]);
    expect(fails.filter((y) => y > slo)).toEqual([]);
    const all = [...passes, ...fails, ...marksOf(svg, 'undecided')];
    expect(all).toHaveLength(PLOT_STATES['closed loop']?.().probes.length ?? 0);
  });

  test('shows the SLO in words and both ends of the bracket', () => {
    const texts = textsOf(draw('closed loop'));
    const { lower, upper } = PLOT_STATES['closed loop']?.().result?.tiers[0] ?? {};
    expect(texts).toContain('p99(ttft) < 500 ms');
    expect(texts).toContain(`${lower} passes`);
    expect(texts).toContain(`${upper} fails`);
  });

  test('an open end is drawn open, and a search without a probe says so', () => {
    expect(draw('all passed').svg).toContain('bracket-open');
    expect(draw('closed loop').svg).not.toContain('bracket-open');
    expect(textsOf(draw('no probe, queued'))).toContain('Queued: no load has been sent yet.');
  });

  test('voided probes look like nothing else', () => {
    expect(marksOf(readXml(draw('voided bursts').svg), 'void').length).toBeGreaterThan(2);
    expect(marksOf(readXml(draw('closed loop').svg), 'void')).toHaveLength(0);
  });

  test('what was measured before the target changed is dim, and no plot of loads pools it', () => {
    const changed = PLOT_STATES['a target that changed']?.();
    const [drift] = changed?.result?.warnings ?? [];
    const from = drift?.kind === 'drift' ? drift.atProbe : 0;
    expect(from).toBeGreaterThan(0);
    const dim = nodesOf(readXml(draw('a target that changed').svg))
      .filter((node) => node.name === 'g' && node.attributes['class']?.endsWith(' dim'))
      .flatMap((group) => group.children);
    expect(dim).toHaveLength(from);
    const loads = new Set(changed?.probes.slice(from).map((probe) => String(probe.load)));
    const shown = draws('goodput', 'a target that changed').table.rows.map(([load]) => load);
    expect(shown.filter((load) => !loads.has(load ?? ''))).toEqual([]);
    expect(textsOf(draws('timeline', 'a target that changed'))).toContain('the target changed');
  });

  test('a stale connection of ours is no failed request', () => {
    const ended = PLOT_STATES['closed loop']?.();
    const [probe] = ended?.probes ?? [];
    if (ended === undefined || probe === undefined) throw new Error('no probe to look at');
    const failedWith = (outcomes: typeof probe.outcomes): string | undefined => {
      const probes = [{ ...probe, requests: 10, outcomes }];
      const { table } = drawPlot('timeline', { ...ended, probes });
      return table.rows[0]?.[table.columns.indexOf('failed')];
    };
    expect(failedWith({ ok: 8, stale_connection: 1, cancelled: 1 })).toBe('0 %');
    expect(failedWith({ ok: 8, reset: 1, refused: 1 })).toBe('20 %');
  });

  test('of several tiers every bracket is shown', () => {
    const texts = textsOf(draw('ten tiers')).filter((text) => text.startsWith('ttft-'));
    expect(texts).toHaveLength(10);
  });
});

describe('other plots', () => {
  test('goodput marks its maximum apart from the capacity', () => {
    const { svg, summary } = draws('goodput', 'closed loop');
    expect(svg).toContain('class="maximum"');
    expect(summary).toMatch(/Most goodput: .* At the capacity of/);
  });

  test('the tail stays over the share of requests that never came', () => {
    const { tails } = PLOT_STATES['errors under load']?.() ?? {};
    const upper = tails?.find((curve) => curve.side === 'upper');
    expect(upper?.censored).toBeGreaterThan(0);
    const level = (upper?.censored ?? 0) / (upper?.samples ?? 1);
    expect(Math.min(...(upper?.points ?? []).map((point) => point.above))).toBeCloseTo(level, 10);
  });

  test('the tail at the lower end stays out of the corner, at the upper end it enters', () => {
    const { tails } = PLOT_STATES['closed loop']?.() ?? {};
    const over = (side: string): number => {
      const points = tails?.find((curve) => curve.side === side)?.points ?? [];
      return points.filter((point) => point.latency < 500).at(-1)?.above ?? 1;
    };
    expect(over('lower')).toBeLessThan(0.01);
    expect(over('upper')).toBeGreaterThan(0.01);
  });

  test('without a time per token the frontier is over the latency', () => {
    expect(textsOf(draws('frontier', 'no tpot')).join()).toContain('p50(e2e), ms');
    expect(draws('frontier', 'earlier frontier behind').svg).toContain('class="baseline"');
  });
});

test('names from outside are text', () => {
  const source = PLOT_STATES['one probe, running']?.();
  if (source === undefined) throw new Error('no such state');
  const [tier] = source.question.tiers;
  if (tier === undefined) throw new Error('no tier');
  const tiers = [
    { ...tier, text: HOSTILE },
    { ...tier, name: HOSTILE },
  ];
  for (const name of PLOT_NAMES) {
    const { svg } = drawPlot(name, { ...source, question: { ...source.question, tiers } });
    const names = nodesOf(readXml(svg)).map((node) => node.name);
    expect(names.filter((one) => one === 'script' || one === 'img')).toEqual([]);
  }
});

function draws(name: PlotName, state: string): Drawing {
  const make = PLOT_STATES[state];
  if (make === undefined) throw new Error(`no state ${state}`);
  return drawPlot(name, make());
}

/** Groups of marks with exactly this class. */
function groups(svg: XmlNode, className: string): XmlNode[] {
  return nodesOf(svg).filter((node) => node.name === 'g' && node.attributes['class'] === className);
}

/** Heights of the marks of one state; the legend's have no group. */
function marksOf(svg: XmlNode, state: string): number[] {
  return groups(svg, state)
    .flatMap((group) => group.children)
    .map(({ attributes }) => {
      const [, y] = /translate\([^,]+,([^)]+)\)/.exec(attributes['transform'] ?? '') ?? [];
      return Number(y ?? attributes['cy']);
    });
}

function textsOf({ svg }: Drawing): string[] {
  return nodesOf(readXml(svg))
    .filter((node) => node.name === 'text')
    .map((node) => node.text);
}
