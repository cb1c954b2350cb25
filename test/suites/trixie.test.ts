import { aJourney } from "./support/journey.ts";

const { test } = aJourney("trixie");

test.run();
