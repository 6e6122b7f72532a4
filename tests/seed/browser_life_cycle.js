// @ts-check
/** The life of a WebSocket as pages write it; it runs in Deno and in a browser as it stands here. */

/**
 * @param {string} url
 * @returns {Promise<string[]>} What has happened.
 */
export function liveAndClose(url) {
  return new Promise((resolve) => {
    /** @type {string[]} */
    const news = [];
    const ws = new WebSocket(url);
    news.push(`state ${ws.readyState}`);
    ws.onopen = () => {
      news.push("Connected to server");
      ws.send(JSON.stringify({ type: "hello", payload: "world" }));
    };
    ws.onmessage = (event) => {
      const data = JSON.parse(event.data);
      news.push(`Received: ${data.type} ${data.payload}`);
      if (ws.readyState === WebSocket.OPEN) news.push("open");
      ws.close(1000, "Goodbye");
      news.push(`state ${ws.readyState}`);
    };
    ws.onerror = () => news.push("WebSocket error");
    ws.onclose = (event) => {
      news.push(`Disconnected: code=${event.code}, reason=${event.reason}`);
      news.push(`state ${ws.readyState}, clean ${event.wasClean}`);
      resolve(news);
    };
  });
}

/**
 * @param {string} url
 * @param {(connect: () => void) => void} later Waits before the next connection.
 * @returns {Promise<string[]>} What has happened.
 */
export function comeBack(url, later) {
  return new Promise((resolve) => {
    /** @type {string[]} */
    const news = [];
    function connect() {
      const ws = new WebSocket(url);
      ws.onopen = () => {
        news.push("open");
        if (news.length > 1) ws.close(1000);
        else ws.send("hello");
      };
      ws.onclose = (event) => {
        news.push(`clean ${event.wasClean}`);
        if (!event.wasClean) later(connect);
        else resolve(news);
      };
    }
    connect();
  });
}

/**
 * @param {string} url
 * @returns {Promise<[number, string]>} The number and the text that have come back.
 */
export function sendBytes(url) {
  return new Promise((resolve) => {
    const ws = new WebSocket(url);
    ws.binaryType = "arraybuffer";
    /** @type {ArrayBuffer[]} */
    const echoed = [];
    ws.onopen = () => {
      const binary = new ArrayBuffer(8);
      const view = new DataView(binary);
      view.setFloat64(0, 3.14);
      ws.send(binary);
      const blob = new Blob(["hello"], { type: "text/plain" });
      ws.send(blob);
    };
    ws.onmessage = (event) => {
      echoed.push(event.data);
      if (echoed.length === 2) ws.close();
    };
    ws.onclose = () => {
      const [number = new ArrayBuffer(8), text] = echoed;
      resolve([new DataView(number).getFloat64(0), new TextDecoder().decode(text)]);
    };
  });
}
