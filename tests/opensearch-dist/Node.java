import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One OpenSearch node on loopback, its data in the folder given, at the HTTP port given. It ends when its input does. */
public class Node {
    public static void main(String[] arguments) throws Exception {
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.onBuild((number, settings) -> {
            settings.put("discovery.type", "single-node");
            settings.put("network.host", "127.0.0.1");
            settings.put("http.port", arguments[1]);
            settings.put("transport.port", "0");
            // A test machine whose disk is nearly full is still good for a few stories.
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
        });
        runner.build(OpenSearchRunner.newConfigs()
                .basePath(arguments[0]).clusterName("tests").numOfNode(1).useLogger());
        System.out.println("started");
        while (System.in.read() >= 0) {
            // Nothing is told us but the end.
        }
        runner.close();
        runner.clean();
    }
}
