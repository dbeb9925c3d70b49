/**
 * Where the answer goes: `--output FORMAT` to stdout, `--output FORMAT=FILE` to a file, several at
 * once. Read and tried before any load is sent: an answer of ten minutes must have a place to go.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { nearest } from '../args/nearest.ts';

/** Made by the service's report route. */
const REPORT_FORMATS = [
  'markdown',
  'html',
  'junit',
  'csv',
  'openmetrics',
  'github-benchmark',
  'bmf',
  'benchmark-report',
] as const;
/** Made here of the answer itself. */
const OWN_FORMATS = ['text', 'json', 'summary', 'verdict', 'github'] as const;
export const FORMATS = [...OWN_FORMATS, ...REPORT_FORMATS] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];
export type Format = (typeof FORMATS)[number];

export interface Output {
  readonly format: Format;
  /** Absent: stdout. */
  readonly file?: string;
}

export function isReportFormat(format: Format): format is ReportFormat {
  return REPORT_FORMATS.some((one) => one === format);
}

export interface OutputRequest {
  readonly outputs: readonly string[];
  readonly json: boolean;
  readonly isTerminal: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** All that the person asked for, and the default on stdout when nothing of it goes there. */
export function planOutputs(request: OutputRequest): {
  readonly outputs: readonly Output[];
  readonly faults: readonly string[];
} {
  const faults: string[] = [];
  const outputs: Output[] = request.json ? [{ format: 'json' }] : [];
  for (const text of request.outputs) {
    const at = text.indexOf('=');
    const name = at === -1 ? text : text.slice(0, at);
    const file = at === -1 ? undefined : text.slice(at + 1);
    const format = FORMATS.find((one) => one === name);
    if (format === undefined) {
      faults.push(`--output ${name}: there is ${FORMATS.join(', ')}${nearest(name, FORMATS)}`);
      continue;
    }
    const fault = file === undefined ? undefined : fileFault(file);
    if (fault !== undefined) faults.push(`--output ${text}: ${fault}`);
    if (format === 'github') faults.push(...githubFaults(file, request.env));
    outputs.push({ format, ...(file !== undefined && { file }) });
  }
  const toStdout = outputs.filter((output) => output.file === undefined);
  if (toStdout.length > 1) {
    const names = toStdout.map((output) => output.format).join(' and ');
    faults.push(`--output: ${names} cannot both go to stdout; give one a file, as FORMAT=FILE`);
  }
  if (toStdout.length === 0) outputs.unshift({ format: request.isTerminal ? 'text' : 'json' });
  return { outputs, faults };
}

function githubFaults(file: string | undefined, env: NodeJS.ProcessEnv): readonly string[] {
  if (file !== undefined) return ['--output github takes no file: GitHub names its files itself'];
  return ['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY']
    .filter((name) => !env[name])
    .map((name) => `--output github: ${name} is not set; this is for a step of GitHub Actions`);
}

function fileFault(file: string): string | undefined {
  if (file === '') return 'the file has no name';
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) return 'is a folder';
    accessSync(stat === undefined ? dirname(file) : file, constants.W_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
