declare module "*/leaflet/leaflet.esm.min.js";
