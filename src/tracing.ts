/**
 * OpenTelemetry's SDK, wired in this one place by the standard environment variables and loaded only when
 * they ask for it: a service that nobody traces starts as fast as before. A collector that is away costs
 * spans, never the service.
 */
import { DiagLogLevel, diag, type Tracer } from '@opentelemetry/api';
import type { BatchSpanProcessorOptions, Sampler } from '@opentelemetry/sdk-trace';
import { NO_TRACER } from './service/runner/watch/spans.ts';

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what is left, within bounded time. */
  stop(): Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;
type Sdk = typeof import('@opentelemetry/sdk-trace');

const NO_TRACING: Tracing = { tracer: NO_TRACER, async stop() {} };
const PROTOCOL = 'http/protobuf';
/** The stop of the service waits no longer for a collector. */
const FLUSH_TIMEOUT_MS = 1_500;

/** `warn` is told what the environment asks for and does not get, and later what could not be sent. */
export async function startTracing(
  env: Env,
  version: string,
  warn: (message: string) => void,
): Promise<Tracing> {
  const refusal = whyNot(env);
  if (refusal !== undefined) {
    if (refusal !== '') warn(refusal);
    return NO_TRACING;
  }
  const [sdk, { OTLPTraceExporter }, resources] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/resources'),
  ]);
  const tell = (message: string): void => warn(`OpenTelemetry: ${message}`);
  diag.setLogger(
    { error: tell, warn: tell, info() {}, debug() {}, verbose() {} },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const named = resources.resourceFromAttributes({
    'service.name': 'plimsoll',
    'service.version': version,
  });
  const told = resources.detectResources({ detectors: [resources.envDetector] });
  const provider = new sdk.TracerProvider({
    resource: resources.defaultResource().merge(named).merge(told),
    sampler: samplerOf(env, sdk, warn),
    spanProcessors: [
      new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter(), ...batching(env) }),
    ],
  });
  return {
    tracer: provider.getTracer('plimsoll', version),
    async stop() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, FLUSH_TIMEOUT_MS);
      });
      await Promise.race([provider.shutdown().catch((error) => tell(String(error))), late]);
      clearTimeout(timer);
    },
  };
}

/** Undefined when spans are to be sent; else why not, '' when nobody asked. */
function whyNot(env: Env): string | undefined {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return '';
  const endpoint =
    env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'] || undefined;
  const exporter = env['OTEL_TRACES_EXPORTER'] || (endpoint === undefined ? 'none' : 'otlp');
  if (exporter === 'none') return '';
  if (exporter !== 'otlp') {
    return `no traces: OTEL_TRACES_EXPORTER is ${exporter}, and only otlp and none are known here`;
  }
  const protocol =
    env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'] || PROTOCOL;
  if (protocol === PROTOCOL) return undefined;
  return `no traces: the OTLP protocol is ${protocol}, and only ${PROTOCOL} is spoken here`;
}

/** OTEL_TRACES_SAMPLER and its argument, as the specification names them. */
function samplerOf(env: Env, sdk: Sdk, warn: (message: string) => void): Sampler {
  const name = env['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on';
  const root = rootSampler(name.replace(/^parentbased_/, ''), env, sdk);
  if (root === undefined) {
    warn(`OTEL_TRACES_SAMPLER is ${name}, which is not known here: all traces are recorded`);
  }
  const own = root ?? new sdk.AlwaysOnSampler();
  return root === undefined || name.startsWith('parentbased_')
    ? new sdk.ParentBasedSampler({ root: own })
    : own;
}

function rootSampler(name: string, env: Env, sdk: Sdk): Sampler | undefined {
  switch (name) {
    case 'always_on':
      return new sdk.AlwaysOnSampler();
    case 'always_off':
      return new sdk.AlwaysOffSampler();
    case 'traceidratio': {
      const ratio = Number(env['OTEL_TRACES_SAMPLER_ARG'] || '1');
      return new sdk.TraceIdRatioBasedSampler(ratio >= 0 && ratio <= 1 ? ratio : 1);
    }
    default:
      return undefined;
  }
}

/** The SDK's own defaults where nothing is set. */
function batching(env: Env): Omit<BatchSpanProcessorOptions, 'exporter'> {
  const number = (name: string): number | undefined => {
    const text = env[name] ?? '';
    return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  };
  const scheduledDelayMillis = number('OTEL_BSP_SCHEDULE_DELAY');
  const exportTimeoutMillis = number('OTEL_BSP_EXPORT_TIMEOUT');
  const maxQueueSize = number('OTEL_BSP_MAX_QUEUE_SIZE');
  const maxExportBatchSize = number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE');
  return {
    ...(scheduledDelayMillis !== undefined && { scheduledDelayMillis }),
    ...(exportTimeoutMillis !== undefined && { exportTimeoutMillis }),
    ...(maxQueueSize !== undefined && { maxQueueSize }),
    ...(maxExportBatchSize !== undefined && { maxExportBatchSize }),
  };
}
