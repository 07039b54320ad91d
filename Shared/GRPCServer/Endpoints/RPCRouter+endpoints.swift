extension RPCRouter {
    /// The full names of the services whose methods are registered, each once.
    package var services: [String] {
        var names: [String] = []
        for method in methods {
            let name = String(method.dropFirst().prefix { $0 != "/" })
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// Adds what every server has beside its own methods: health and, if there are descriptors, reflection.
    ///
    /// - Parameters:
    ///   - health: what is told of the server's state.
    ///   - descriptors: the server's own files, each a `google.protobuf.FileDescriptorSet`.
    package mutating func addStandardServices(health: HealthService, descriptors: [[UInt8]]?) {
        health.register(in: &self)
        guard let descriptors else { return }
        ReflectionService(DescriptorIndex(descriptors + [PackageResources.grpc_services_binpb])).register(in: &self)
    }
}
