import { assert, assertEquals } from "@std/assert";
import { serve } from "@hawser/ws";
import { Crowd } from "../../../../bench/siege/honest/crowd.ts";
import { waitFor } from "../../../support/wait.ts";

const local = { port: 0, hostname: "127.0.0.1" } as const;

Deno.test({
  name: "Crowd measures answers and newcomers, and counts who is thrown out",
  ignore: Deno.build.os !== "linux",
  async fn() {
    let closing = false;
    await using server = serve(local, (connection) => {
      connection.on("message", (data) => {
        if (closing) connection.close(1013);
        else connection.send(data);
      });
    });
    const { port } = server.addr;
    using crowd = await Crowd.start({ port, kind: "echo", clients: 2 });
    let newcomer = 0;
    await waitFor(() => {
      const figures = crowd.takeFigures();
      newcomer = Math.max(newcomer, figures.newcomer);
      return newcomer > 0;
    });
    assertEquals(crowd.takeFigures().lost, 0);
    closing = true;
    await waitFor(() => crowd.takeFigures().lost === 2);
    let refused = 0;
    await waitFor(() => (refused = crowd.takeFigures().newcomer) === Infinity);
    assert(refused > 0);
  },
});
