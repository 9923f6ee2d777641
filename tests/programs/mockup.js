// Starts the device that npm's `onvif` (MIT) ships for its own tests: gSOAP replies of a real camera, Hikvision
// replies beside them, and a broken fault for all it does not know. `PORT` and `HOSTNAME` say where.
//
// Three things are changed: it listens on loopback alone; it joins no discovery group; and because it finds the
// request by one client's exact spelling of the Body tag, that spelling is put in place of ours.
"use strict";
const dgram = require("dgram");
const http = require("http");
const { Readable } = require("stream");

const ITS_BODY =
    '<s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">';

const createServer = http.createServer;
http.createServer = (listener) => {
    const server = createServer(async (request, response) => {
        const parts = [];
        for await (const part of request) parts.push(part);
        const asked = Buffer.concat(parts).toString().replace("<s:Body>", ITS_BODY);
        listener(Readable.from([asked]), response);
    });
    const listen = server.listen.bind(server);
    server.listen = (port) => listen(port, process.env.HOSTNAME);
    return server;
};
dgram.createSocket = () => ({ on() {}, bind() {}, close() {} });

require("coffeescript/register");
require("onvif/test/serverMockup");
