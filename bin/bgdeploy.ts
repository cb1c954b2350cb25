#!/usr/bin/env node
import { main } from "../lib/cli/main.ts";
import { realWorld } from "../lib/cli/world.ts";

await main(realWorld());
