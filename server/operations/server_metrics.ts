/** A server's numbers as metrics. Names are a promise, labels are fixed sets. */

import type { AuthCounts } from "../app/auth/gate.ts";
import type { Metric, Sample } from "./exposition.ts";
import type { ServerStats } from "./server_stats.ts";

/** Makes the metrics of a snapshot. */
export function serverMetrics(stats: ServerStats): Metric[] {
  return [
    gauge("hawser_ready", "1 while new connections are welcome.", Number(stats.ready)),
    ...connectionMetrics(stats),
    httpClientMetric(stats),
    ...trafficMetrics(stats),
    ...memoryMetrics(stats),
    ...httpMetrics(stats),
    ...appMetrics(stats),
    ...streamMetrics(stats),
    ...brokerMetrics(stats),
  ];
}

/** Metrics of this process, under the names that are usual for them. */
export function processMetrics(): Metric[] {
  const { rss, heapUsed } = Deno.memoryUsage();
  const start = performance.timeOrigin / 1000;
  return [
    gauge("process_resident_memory_bytes", "Memory of the process.", rss),
    gauge("process_heap_bytes", "JavaScript heap in use.", heapUsed),
    gauge("process_start_time_seconds", "When the process started, since 1970.", start),
  ];
}

function connectionMetrics({ connections, http }: ServerStats): Metric[] {
  const outcomes = {
    opened: connections.opened,
    refused: http.refused,
    tls_failed: http.tlsFailures,
    proxy_failed: http.proxyFailures,
    abandoned: http.abandoned,
  };
  return [
    gauge("hawser_connections_open", "WebSocket connections now.", connections.open),
    counters(
      "hawser_connections_total",
      "TCP connections: opened as WebSocket, refused by a limit, or ended without a request.",
      "outcome",
      outcomes,
    ),
    counters(
      "hawser_closes_total",
      "WebSocket connections that closed, by close code.",
      "code",
      connections.closes,
    ),
  ];
}

function httpClientMetric({ httpClients: { sse, poll } }: ServerStats): Metric {
  const name = "hawser_http_clients";
  const help = "Clients without a WebSocket connection now, by transport.";
  return { name, help, type: "gauge", samples: samplesOf("transport", { sse, poll }) };
}

function trafficMetrics({ connections }: ServerStats): Metric[] {
  const { messagesIn, messagesOut, bytesIn, bytesOut } = connections;
  return [
    counters("hawser_messages_total", "WebSocket messages.", "direction", {
      in: messagesIn,
      out: messagesOut,
    }),
    counters("hawser_bytes_total", "Bytes of WebSocket frames, each 101 included.", "direction", {
      in: bytesIn,
      out: bytesOut,
    }),
    counter(
      "hawser_messages_dropped_total",
      "Messages not sent because a queue was full.",
      connections.dropped,
    ),
    gauge("hawser_queued_bytes", "Bytes that wait for slow peers.", connections.queuedBytes),
    gauge(
      "hawser_unfinished_bytes",
      "Bytes of messages that have not arrived whole.",
      connections.unfinishedBytes,
    ),
  ];
}

function memoryMetrics({ memory }: ServerStats): Metric[] {
  return [
    gauge("hawser_memory_used_bytes", "Bytes that count against memoryBudget.", memory.used),
    gauge("hawser_memory_limit_bytes", "The memoryBudget.", memory.limit),
    counter(
      "hawser_memory_evictions_total",
      "Peers sent away because memoryBudget was used up.",
      memory.evictions,
    ),
  ];
}

function httpMetrics({ http }: ServerStats): Metric[] {
  return [
    counter("hawser_accepted_total", "TCP connections accepted.", http.accepted),
    counter(
      "hawser_accept_errors_total",
      "Errors of accepting: no descriptors, no memory.",
      http.acceptErrors,
    ),
    counter("hawser_requests_total", "HTTP requests, upgrades among them.", http.requests),
    counters(
      "hawser_rejections_total",
      "HTTP requests refused, by status.",
      "status",
      http.rejections,
    ),
    counter(
      "hawser_timeouts_total",
      "Deadlines that passed before an upgrade.",
      http.timeouts,
    ),
    counter("hawser_handler_errors_total", "Handlers that threw.", http.handlerErrors),
  ];
}

function appMetrics({ app }: ServerStats): Metric[] {
  const namespaces = Object.entries(app).map(([namespace, stats]) => ({
    labels: { namespace },
    ...stats,
  }));
  return [
    {
      name: "hawser_clients",
      help: "Clients of the application now.",
      type: "gauge",
      samples: namespaces.map(({ labels, clients }) => ({ labels, value: clients })),
    },
    {
      name: "hawser_rooms",
      help: "Rooms with members now.",
      type: "gauge",
      samples: namespaces.map(({ labels, rooms }) => ({ labels, value: rooms })),
    },
    {
      name: "hawser_memberships",
      help: "Members of all rooms now.",
      type: "gauge",
      samples: namespaces.map(({ labels, memberships }) => ({ labels, value: memberships })),
    },
    {
      name: "hawser_events_total",
      help: "Events from clients.",
      type: "counter",
      samples: namespaces.map(({ labels, events }) => ({ labels, value: events })),
    },
    {
      name: "hawser_event_errors_total",
      help: "Messages answered with an error, by code.",
      type: "counter",
      samples: namespaces.flatMap(({ labels, errors }) => samplesOf("code", errors, labels)),
    },
    {
      name: "hawser_auth_total",
      help: "Attempts to sign in and their ends, by outcome.",
      type: "counter",
      samples: namespaces.flatMap(({ labels, auth }) =>
        auth === undefined ? [] : samplesOf("outcome", authOutcomes(auth), labels)
      ),
    },
    {
      name: "hawser_handler_duration_seconds",
      help: "Time of event handlers.",
      type: "histogram",
      samples: namespaces.flatMap(({ labels, handlerTimes }) =>
        handlerTimes === undefined ? [] : [{ labels, ...handlerTimes }]
      ),
    },
  ];
}

function streamMetrics({ app }: ServerStats): Metric[] {
  const namespaces = Object.entries(app);
  return [{
    name: "hawser_stream_faults_total",
    help: "What did not come by number in streams of rooms: holes read, doubles dropped, resets.",
    type: "counter",
    samples: namespaces.flatMap(([namespace, { streams }]) => {
      const { holes, doubles, resets } = streams;
      return samplesOf("fault", { hole: holes, double: doubles, reset: resets }, { namespace });
    }),
  }];
}

/** Metrics of the broker; none where there is no broker. */
function brokerMetrics({ broker }: ServerStats): Metric[] {
  if (broker === undefined) return [];
  const { told, heard, dropped, foreign } = broker;
  return [
    gauge("hawser_broker_up", "1 while other nodes can be reached.", Number(broker.state === "up")),
    gauge("hawser_broker_nodes", "Living nodes, this one too.", broker.nodes),
    counters("hawser_broker_publishes_total", "Messages for streams, by outcome.", "outcome", {
      stored: broker.published,
      rejected: broker.rejected,
    }),
    gauge("hawser_broker_waiting", "Messages that wait to be stored.", broker.waiting),
    counters(
      "hawser_broker_messages_total",
      "Messages between nodes, by what became of them.",
      "outcome",
      {
        told,
        heard,
        dropped,
        foreign,
      },
    ),
    counter("hawser_broker_questions_total", "Questions to other nodes.", broker.questions),
    counter("hawser_broker_missing_replies_total", "Replies that have not come.", broker.missing),
    counter(
      "hawser_broker_reconnections_total",
      "Times that a lost connection was made again.",
      broker.reconnections,
    ),
    counter(
      "hawser_broker_refused_total",
      "Commands that the system between the nodes has answered with an error.",
      broker.refused,
    ),
  ];
}

function authOutcomes({ timedOut, ...counts }: AuthCounts): Record<string, number> {
  return { ...counts, timed_out: timedOut };
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: "gauge", samples: [{ value }] };
}

function counter(name: string, help: string, value: number): Metric {
  return { name, help, type: "counter", samples: [{ value }] };
}

function counters(
  name: string,
  help: string,
  label: string,
  counts: Readonly<Record<string, number>>,
): Metric {
  return { name, help, type: "counter", samples: samplesOf(label, counts) };
}

function samplesOf(
  label: string,
  counts: Readonly<Record<string, number>>,
  labels: Readonly<Record<string, string>> = {},
): Sample[] {
  return Object.entries(counts).map(([name, value]) => ({
    labels: { ...labels, [label]: name },
    value,
  }));
}
