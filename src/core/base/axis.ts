/** The two kinds of load that a search can turn: closed loop (streams) and open loop (req/s). */
export type Axis = 'concurrency' | 'request_rate';
