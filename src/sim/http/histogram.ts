/** A Prometheus histogram: counts by bucket, sum and count, and its lines in the text format. */
export interface Histogram {
  observe(value: number, times?: number): void;
  lines(name: string, labels: string): string;
}

/** `bounds`: upper ends of the buckets, rising; the one without an end is added. */
export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = new Float64Array(bounds.length + 1);
  let sum = 0;
  return {
    observe(value, times = 1) {
      let i = 0;
      while (i < bounds.length && value > (bounds[i] ?? 0)) i++;
      counts[i] = (counts[i] ?? 0) + times;
      sum += value * times;
    },
    lines(name, labels) {
      let total = 0;
      let text = `# TYPE ${name} histogram\n`;
      counts.forEach((count, i) => {
        total += count;
        text += `${name}_bucket{${labels},le="${bounds[i] ?? '+Inf'}"} ${total}\n`;
      });
      return `${text}${name}_count{${labels}} ${total}\n${name}_sum{${labels}} ${sum}\n`;
    },
  };
}
