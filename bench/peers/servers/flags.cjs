/** The arguments of every server of a peer: `KIND [--port N] [--compress] [--cert F --key F]`. */

const { parseArgs } = require("node:util");

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string", default: "0" },
    compress: { type: "boolean", default: false },
    cert: { type: "string" },
    key: { type: "string" },
  },
});

module.exports = { ...values, port: Number(values.port), kind: positionals[0] };
