import { aJourney } from "./support/journey.ts";

const { test } = aJourney("bookworm");

test.run();
