/**
 * The answer in every form that was asked for. A form that could not be made or written is told, and
 * makes a passing command end with 4: a pipeline that waits for a file must not go on without it.
 */
import { appendFile, writeFile } from 'node:fs/promises';
import { styleText } from 'node:util';
import { type Answer, withAddress } from '../client/ask.ts';
import type { ServiceClient } from '../client/service-client.ts';
import { EXIT, messageOf, say } from '../exit.ts';
import { answerText } from './answer-text.ts';
import { annotation, outputLines, stepSummary } from './github.ts';
import { isReportFormat, type Output, type ReportFormat } from './output-plan.ts';

/** The exit code: that of the answer, unless an output of a good one is missing. */
export async function writeAnswer(
  client: ServiceClient,
  answer: Answer,
  outputs: readonly Output[],
  quiet: boolean,
): Promise<number> {
  const { summary } = answer;
  const shown = { ...answer, summary: withAddress(client, summary) };
  let lost = false;
  for (const output of outputs) {
    try {
      await write(client, shown, output);
    } catch (error) {
      lost = true;
      const place = output.file === undefined ? '' : `=${output.file}`;
      say(`--output ${output.format}${place}: ${messageOf(error)}`);
    }
  }
  const told = outputs.some(({ format, file }) => format === 'text' && file === undefined);
  if (!told && !quiet) say(summary.sentence);
  return lost && summary.exit_code === EXIT.pass ? EXIT.targetOrService : summary.exit_code;
}

async function write(client: ServiceClient, answer: Answer, output: Output): Promise<void> {
  if (output.format === 'github') return writeGithub(client, answer);
  const text = await render(client, answer, output);
  if (output.file === undefined) await writeStdout(text);
  else await writeFile(output.file, text);
}

async function render(client: ServiceClient, answer: Answer, output: Output): Promise<string> {
  const { format } = output;
  const { summary, whole } = answer;
  if (isReportFormat(format)) return report(client, answer, format);
  switch (format) {
    case 'text':
      return answerText(summary, output.file === undefined ? coloured : plain);
    case 'json':
      return `${JSON.stringify(whole, null, 2)}\n`;
    case 'summary':
      return `${JSON.stringify(summary)}\n`;
    // A whole file of one word: results of Tekton are taken with their last newline.
    case 'verdict':
      return output.file === undefined ? `${summary.verdict}\n` : summary.verdict;
    case 'github':
      return '';
  }
}

function report(client: ServiceClient, answer: Answer, format: ReportFormat): Promise<string> {
  return client.text({ method: 'GET', path: `${answer.reportPath}?format=${format}` });
}

async function writeGithub(client: ServiceClient, answer: Answer): Promise<void> {
  const { summary } = answer;
  const { GITHUB_OUTPUT: outputs = '', GITHUB_STEP_SUMMARY: steps = '' } = process.env;
  // The outputs first: they are what later steps act on.
  await appendFile(outputs, outputLines(summary));
  await writeStdout(annotation(summary));
  await appendFile(steps, stepSummary(await report(client, answer, 'markdown'), summary));
}

/** Resolves when it is handed over; a reader that left early (`| head`) is not an error. */
function writeStdout(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') resolve();
      else reject(error);
    });
    process.stdout.write(text, () => resolve());
  });
}

const plain = (_verdict: string, text: string): string => text;

function coloured(verdict: string, text: string): string {
  const style = verdict === 'pass' ? 'green' : verdict === 'fail' ? 'red' : 'yellow';
  return styleText(['bold', style], text, { stream: process.stdout });
}
