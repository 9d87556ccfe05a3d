/**
 * A service on loopback for the rewards that ask one: `POST /score` as of the contract `pavlov`, and any other path as a
 * judge of OpenAI's chat protocol, who gives the verdict that the instructions ask for. Sends its port to the process that forked it.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { z } from "zod";

const scoring = z.object({ samples: z.array(z.unknown()) });

const chat = z.object({ messages: z.array(z.object({ content: z.string() })) });

const verdict = (comparing: boolean): unknown => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  choices: [
    {
      index: 0,
      finish_reason: "stop",
      message: { role: "assistant", content: `{${comparing ? '"winner": "A"' : '"score": 0.7'}, "reason": "ok"}` },
    },
  ],
  usage: { prompt_tokens: 1000, completion_tokens: 20, total_tokens: 1020 },
});

const server = createServer((request, response) => {
  void json(request).then((body) => {
    const isComparing = () => chat.safeParse(body).data?.messages[0]?.content.includes('"winner"') ?? false;
    const answer =
      request.url === "/score" ? { scores: scoring.parse(body).samples.map(() => 1) } : verdict(isComparing());
    response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
  });
});

server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.once("disconnect", () => process.exit());
