extension RPCRouter {
    /// The full names of the services with registered methods, without duplicates.
    package var services: [String] {
        var names: [String] = []
        for method in methods {
            let name = String(method.dropFirst().prefix { $0 != "/" })
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// Adds the standard services: health and, with descriptors, reflection.
    ///
    /// - Parameters:
    ///   - health: the health of the server.
    ///   - descriptors: the server's own files, each a `google.protobuf.FileDescriptorSet`.
    package mutating func addStandardServices(health: HealthService, descriptors: [[UInt8]]?) {
        health.register(in: &self)
        guard let descriptors else { return }
        ReflectionService(DescriptorIndex(descriptors + [PackageResources.grpc_services_binpb])).register(in: &self)
    }
}
