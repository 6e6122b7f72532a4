import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Java's own WebSocket client: has a text and bytes echoed, closes, and prints what it has heard. */
class JavaClient implements WebSocket.Listener {
  final CompletableFuture<String> text = new CompletableFuture<>();
  final CompletableFuture<Integer> bytes = new CompletableFuture<>();
  final CompletableFuture<String> close = new CompletableFuture<>();

  public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
    text.complete(data.toString());
    socket.request(1);
    return null;
  }

  public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
    bytes.complete(data.remaining());
    socket.request(1);
    return null;
  }

  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    close.complete(code + " " + reason);
    return null;
  }

  public static void main(String[] arguments) throws Exception {
    var listener = new JavaClient();
    var socket = HttpClient.newHttpClient().newWebSocketBuilder()
        .buildAsync(URI.create(arguments[0]), listener).get(30, TimeUnit.SECONDS);
    socket.sendText("Ahoy", true).get(30, TimeUnit.SECONDS);
    System.out.println(listener.text.get(30, TimeUnit.SECONDS));
    socket.sendBinary(ByteBuffer.wrap(new byte[1000]), true).get(30, TimeUnit.SECONDS);
    System.out.println(listener.bytes.get(30, TimeUnit.SECONDS));
    socket.sendClose(4000, "ashore").get(30, TimeUnit.SECONDS);
    System.out.println(listener.close.get(30, TimeUnit.SECONDS));
    System.exit(0);
  }
}
