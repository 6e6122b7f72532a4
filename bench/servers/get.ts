/** Load test: answers thirteen bytes. */

import { serve } from "@hawser/ws";
import { readFlags } from "../../examples/flags.ts";
import { listen } from "../../examples/listen.ts";
import { loadFlags, loadOptions } from "./load_flags.ts";

const flags = readFlags("Answers every request by a greeting.", loadFlags);

const fetch = () => new Response("Hello, World!");
await listen(flags, (address) => serve({ ...address, ...loadOptions(flags), fetch }, () => {}));
